#!/usr/bin/env python3
"""Sun and clear sky of pvlib, for docs/explanation/physics.md and src/physics/sky_test.cpp.

    pip install pvlib==0.16.1
    docs/scripts/pvlib_clear_sky.py

Prints the height of the sun (pvlib's SPA, without refraction) at instants of 2025, and the sums of
global horizontal irradiation without clouds over months and the year: by the formula that the plant
uses (Haurwitz) and by the one that pvlib recommends (Ineichen with its own turbidity).
"""
import pandas
import pvlib

PLACES = {"Okinawa": (26.46, 127.83, "Etc/GMT-9", 0), "Munich": (48.14, 11.58, "Etc/GMT-1", 520)}
INSTANTS = ["2025-01-15 09:00", "2025-03-20 12:00", "2025-06-21 06:30", "2025-06-21 12:00",
            "2025-09-10 16:00", "2025-12-21 12:00"]

for place, (latitude, longitude, zone, altitude_m) in PLACES.items():
    location = pvlib.location.Location(latitude, longitude, zone, altitude_m)
    times = pandas.DatetimeIndex(INSTANTS, tz=zone)
    height = location.get_solarposition(times)["elevation"]
    print(place, {t: round(h, 3) for t, h in zip(INSTANTS, height)})
    # The middles of five-minute steps, as in the plant.
    year = pandas.date_range("2025-01-01 00:02:30", "2025-12-31 23:57:30", freq="5min", tz=zone)
    for model in ("haurwitz", "ineichen"):
        ghi = location.get_clearsky(year, model=model)["ghi"] / 12000.0
        months = ghi.groupby(ghi.index.month).sum()
        print(f"  {model}: {ghi.sum():.1f} kWh/m2 a year;", " ".join(f"{m:.1f}" for m in months))
