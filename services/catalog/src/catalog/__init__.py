"""Plans, bundles and who may order them."""
