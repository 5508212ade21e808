"""What `init` sees in data of somebody's own, and the network file that it writes for them."""
