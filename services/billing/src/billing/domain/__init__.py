"""Pure rules of billing: the standard library and shared.{money,periods,errors} only."""
