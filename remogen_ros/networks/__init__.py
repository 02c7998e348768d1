"""What is learned: motion VAE, latent denoiser, cue encoders, Meta-Interaction, refinement, text."""
