"""What the bodies of clouds say: pure, one module per cloud; nothing in them is believed to have its form."""
