"""What is learned: motion VAE, latent denoiser, cue encoders, adapters, refinement, text."""
