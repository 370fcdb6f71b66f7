"""The planted world of Hansekontor: who works there, what they did, and what a correct assessment must find."""
