"""The large trained networks of Spikemesh. It has no code: `spikemesh` reads its folders where they are."""
