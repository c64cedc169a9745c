"""The journal against what we have: whether two accounts of a call agree, and what follows when they do not."""
