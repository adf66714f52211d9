"""Pictures of the app: SVG drawn on the server, in the tokens' colours, each with words for who cannot see it."""
