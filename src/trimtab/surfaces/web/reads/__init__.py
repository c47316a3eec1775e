"""What pages read beyond the documents of verbs: functions that run in a worker process and answer with plain values."""
