"""Why a judgement is what it is, as records for reports to render."""
