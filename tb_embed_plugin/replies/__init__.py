"""What the routes answer with: plain data or bytes, made of what the store reads. Knows nothing of HTTP."""
