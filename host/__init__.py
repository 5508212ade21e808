"""What the user touches: command line, data, float training, quantisation, devices."""
