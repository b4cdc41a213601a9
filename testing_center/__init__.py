"""A candidate meets a form under the clock: centres, sittings, codes, attempts, scoring, protocols."""
