"""The widget on the clinic's site: who visits, what he says, what he sees, and the frame he sees it in."""
