"""Why a label holds."""
