"""What a strategy costs against the price of an outage, and whether all this pays at all."""
