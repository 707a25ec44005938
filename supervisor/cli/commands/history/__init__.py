"""Commands about what a bench did: looking back, and writing down what it does. Nothing here drives an output."""
