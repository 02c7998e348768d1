"""Datasets with a layout of their own on disk, one file each."""
