"""1 SEE. Reports in; facts and signals out."""
