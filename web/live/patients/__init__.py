"""What a desk asks about patients and their visits. Who may ask, and about whom, is judged here; `mis` audits."""

from web.live.patients.desk import PatientsDesk

__all__ = ["PatientsDesk"]
