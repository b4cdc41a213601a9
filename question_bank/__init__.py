"""Items, their versions and approval, blueprints, test specifications, sealed forms."""
