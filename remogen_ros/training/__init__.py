"""The three training phases: prior (VAE, denoiser), adapters, refinement."""
