"""The desk in a browser: pages rendered on the server, forms that work without script, every input in the address."""
