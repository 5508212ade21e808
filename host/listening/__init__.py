"""What a network with a front-end makes of one recording."""
