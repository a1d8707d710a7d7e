"""What the gateway costs at AWS: a bill from measured units, the template and a list of prices."""
