"""What things of the catalogue are called on its pages."""

from flask_babel import lazy_gettext as _

from catalog.domain.availability import Layer
from catalog.domain.plan import BillingType, Category, Kind

KINDS = {
    Kind.BUNDLE: _("Bundles"),
    Kind.INTERNET: _("Internet"),
    Kind.VOICE: _("Voice"),
    Kind.RECURRING: _("Recurring"),
    Kind.ONE_TIME: _("One-time"),
}
NEW_KINDS = {
    Kind.BUNDLE: _("New bundle"),
    Kind.INTERNET: _("New internet plan"),
    Kind.VOICE: _("New voice plan"),
    Kind.RECURRING: _("New recurring plan"),
    Kind.ONE_TIME: _("New one-time plan"),
}
BILLING_TYPES = {
    BillingType.RECURRING: _("Recurring payments"),
    BillingType.PREPAID: _("Prepaid (Custom)"),
    BillingType.PREPAID_DAILY: _("Prepaid (Daily)"),
}
CATEGORIES = {Category.INDIVIDUAL: _("Individual"), Category.BUSINESS: _("Business")}
INTERVALS = {1: _("every month"), 3: _("every 3 months"), 6: _("every 6 months"), 12: _("every year")}
LAYERS = {
    Layer.RETIRED: _("Retired"),
    Layer.ENABLED: _("Not enabled"),
    Layer.PORTAL: _("Not shown on Customer portal"),
    Layer.BILLING_TYPE: _("Billing type"),
    Layer.PARTNER: _("Partner"),
    Layer.LOCATION: _("Location"),
    Layer.CATEGORY: _("Category"),
    Layer.LABELS: _("Labels"),
}
