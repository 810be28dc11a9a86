"""Who may ask and how they are answered: operations, API, pages, feed and command line."""
