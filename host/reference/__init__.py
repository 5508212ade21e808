"""Float references in numpy: what the integer side is measured against, and what trains networks on the host.

No file here shares code with the integer network. Equations and sections are those of "Forward Direct Feedback
Alignment for Online Gradient Estimates of Spiking Neural Networks", arXiv 2403.08804.
"""
