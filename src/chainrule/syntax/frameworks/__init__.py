"""Programs of JAX and PyTorch as typed trees: `syntax.jax_in` and `syntax.torch_in` are the ways in."""
