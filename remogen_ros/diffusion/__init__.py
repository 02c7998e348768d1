"""The noise schedule and the sampler of the latent diffusion."""
