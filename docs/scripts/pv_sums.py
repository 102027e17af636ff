#!/usr/bin/env python3
"""Sums of modelled sun and PV in Okinawa and Munich, for docs/explanation/physics.md.

    docs/scripts/pv_sums.py build/release/musubi

A flat unit of 1 kW without losses shows the global irradiation, a roof of 1 kW at 30 degrees to the
south the yield, both in 2025 and as means over the seeds 1 to 5.
"""
import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

PLACES = {"Okinawa": (26.46, 127.83, "+09:00"), "Munich": (48.14, 11.58, "+01:00")}
ROOFS = {"flat": {"peakKw": 1, "tiltDeg": 0, "performance": 1}, "roof": {"peakKw": 1, "tiltDeg": 30}}
SEEDS = range(1, 6)

with tempfile.TemporaryDirectory() as folder:
    for place, (latitude, longitude, zone) in PLACES.items():
        file = pathlib.Path(folder) / "community.json"
        file.write_text(json.dumps({
            "name": place,
            "site": {"latitudeDeg": latitude, "longitudeDeg": longitude, "timeZone": zone},
            "units": [{"id": roof, "battery": {"capacityWh": 4800, "firstSocPct": 50}, "pv": pv}
                      for roof, pv in ROOFS.items()],
            "lines": [{"from": "flat", "to": "roof", "resistanceOhm": 0.1}],
        }))
        months = {roof: collections.Counter() for roof in ROOFS}
        years = {roof: [] for roof in ROOFS}
        for seed in SEEDS:
            out = pathlib.Path(folder) / f"{place}-{seed}"
            subprocess.run([sys.argv[1], "simulate", "--community", file, "--start", "2025-01-01",
                            "--days", "365", "--sharing", "off", "--seed", str(seed), "--out", out],
                           check=True, stdout=subprocess.DEVNULL)
            for roof in ROOFS:
                kwh = collections.Counter()
                with open(out / "hourly" / f"{roof}.csv") as rows:
                    for row in csv.DictReader(rows):
                        kwh[int(row["time"][5:7])] += float(row["pv_wh"]) / 1000.0
                months[roof].update(kwh)
                years[roof].append(sum(kwh.values()))
        for roof in ROOFS:
            mean = " ".join(f"{months[roof][m] / len(SEEDS):.0f}" for m in range(1, 13))
            print(f"{place} {roof}: {sum(years[roof]) / len(SEEDS):.0f} "
                  f"({min(years[roof]):.0f} to {max(years[roof]):.0f}); {mean}")
