"""What the product costs: `make bench` measures it against a floor and writes results/latest.json."""
