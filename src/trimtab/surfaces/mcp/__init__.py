"""The desk as tools of an assistant (Model Context Protocol): it may look, test, and at most leave a proposal for a person."""
