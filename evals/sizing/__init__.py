"""Public issues with their points, sized by the service's own estimator."""
