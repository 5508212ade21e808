"""What a network file leaves open and the training set decides. Nothing here sees a test sample."""
