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
KIND = {
    Kind.BUNDLE: _("Bundle"),
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

# The rules speak English, as they know no screens; these are their sentences, for the catalogues.
SAID_BY_RULES = (
    _("Enter a title."),
    _("Use at most 80 characters."),
    _("Use at most 4000 characters."),
    _("Use at most 6 lines of at most 80 characters."),
    _("Enter an amount from 0.00 on."),
    _("Enter an amount such as 30.00."),
    _("Enter a price, 0.00 if it is free."),
    _("Enter a currency such as EUR."),
    _("Use the currency of the price."),
    _("Enter a percentage from 0 to 99.99."),
    _("Enter a whole number from 1 to 100."),
    _("Enter a whole number from 0 on."),
    _("Choose how often it is paid."),
    _("Choose a category."),
    _("Choose types of billing."),
    _("Choose at least one plan of the bundle."),
    _("Choose plans that are sold and are no bundles."),
    _("Choose plans of the same kind."),
    _("Somebody else changed this plan"),
    _("This plan is retired"),
    _("A bundle contains this plan"),
    _("There is no such plan"),
)
