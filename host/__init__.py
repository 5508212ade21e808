"""What the user touches: command line, data, float training, quantisation, devices."""

import os

# The matrix products here are small: a second BLAS thread costs more than it gives. Must be set before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
