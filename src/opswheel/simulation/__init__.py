"""A marketplace and a team with known truth; it writes the same report files sellers get."""
