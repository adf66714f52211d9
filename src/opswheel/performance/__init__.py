"""6 PROVE, "better performance". What a run may claim about the business; more metrics come with their issue."""
