"""Models that implement the `embeddings` port, and the measure they are held to."""
