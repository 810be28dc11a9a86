"""The way in: readers of files, cleaning of cells, profiles that say which column is which field, and what is done with the rows."""
