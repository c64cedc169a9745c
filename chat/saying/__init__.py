"""What is said to clouds, and what their refusals mean: one module per cloud."""
