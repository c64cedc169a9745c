"""What every answer to a browser has in common: address, cookies, headers, static files, templates, the guard."""
