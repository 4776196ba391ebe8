"""How every service meets HTTP: one application factory, one way to say no, one way to know who calls."""
