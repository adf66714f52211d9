"""A marketplace and a team with known truth; it writes the same report files sellers get.

world.toml      every number, with its source      parameters   reads it, under one hash
catalog, plan   listings; what will happen         calibration  the shapes of real shops it cites
supply, market  stock; one day after the other     sheets       what a morning's reports say
reports         … as files                         direct       … straight into the lake
policies        ranking rules                      team         operators
play            morning, run, work, day            results      what was lost, cleared and learned
"""
