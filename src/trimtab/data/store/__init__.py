"""What was recorded, and what was known of it at any instant: a folder of Parquet files with one door for reading."""
