"""What web pages, the API and tools of assistants share: verbs asked in worker processes, their answers, and long work."""
