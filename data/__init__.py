"""What is stored and how it comes in: database, stores, intake, code tables, policy files, the sample city."""
