"""Raw AMI kept, sealed, to look into faults with, and told again through the real tracker.

files      the format: sealed chunks, each whole or not there    recorder   takes bytes, never waits for the disk
commands   `okno ami replay`
"""
