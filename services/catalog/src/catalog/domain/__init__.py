"""What a plan is and who may order it: pure rules."""
